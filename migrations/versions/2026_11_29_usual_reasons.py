"""usual reasons: why people are refused, rejected or let go, as rows"""

import sqlalchemy as sa
from alembic import op

revision = 'usual_reasons'
down_revision = 'ticked'
branch_labels = None
depends_on = None

# `key` is what buttons in chats carry that were sent before there were rows.
SHIPPED = (
    ('refusal', 'busy', 'Я занят в это время', 'I am busy then'),
    ('refusal', 'filled', 'Место уже занято', 'The place is filled'),
    ('refusal', 'other', 'Другая причина', 'Another reason'),
    ('rejection', 'fit', 'Не подходит', 'Not a good fit'),
    ('rejection', 'task', 'Задание не удалось', 'The task did not work out'),
    ('rejection', 'left', 'Ушёл раньше времени', 'Left early'),
    ('rejection', 'other', 'Другая причина', 'Another reason'),
    ('withdrawal', None, 'Нашёл другую работу', 'Found another job'),
    ('withdrawal', None, 'Передумал', 'Changed their mind'),
    ('withdrawal', None, 'Не отвечает', 'Does not answer'),
    ('withdrawal', None, 'Другая причина', 'Another reason'),
)


def upgrade() -> None:
    table = op.create_table('usual_reasons',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('about', sa.Enum('refusal', 'rejection', 'withdrawal', name='about', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('key', sa.String(length=16), nullable=True),
    sa.Column('words_ru', sa.String(length=60), nullable=False),
    sa.Column('words_en', sa.String(length=60), nullable=False),
    sa.Column('position', sa.SmallInteger(), server_default='100', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint("words_ru <> '' and words_en <> ''", name=op.f('ck_usual_reasons_says_something')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_usual_reasons')),
    sa.UniqueConstraint('about', 'key', name=op.f('uq_usual_reasons_about_key'))
    )
    op.bulk_insert(table, [
        {'about': about, 'key': key, 'words_ru': ru, 'words_en': en, 'position': position * 10}
        for position, (about, key, ru, en) in enumerate(SHIPPED, 1)
    ])


def downgrade() -> None:
    op.drop_table('usual_reasons')
