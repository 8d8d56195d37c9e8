"""cities: how long before a meeting people are reminded"""

import sqlalchemy as sa
from alembic import op

revision = 'reminders'
down_revision = 'broadcasts'
branch_labels = None
depends_on = None

CHECKS = {
    'last_reminder_in_range': 'last_reminder_minutes between 5 and 180',
    'first_reminder_in_range': 'first_reminder_minutes <= 20160',
    'first_reminder_apart': 'first_reminder_minutes >= second_reminder_minutes + 30',
    'second_reminder_apart': 'second_reminder_minutes >= last_reminder_minutes + 30',
    'reminders_apart': 'first_reminder_minutes >= last_reminder_minutes + 30',
}


def upgrade() -> None:
    op.add_column('cities', sa.Column('first_reminder_minutes', sa.BigInteger(), server_default='1440', nullable=True))
    op.add_column('cities', sa.Column('second_reminder_minutes', sa.BigInteger(), server_default='180', nullable=True))
    op.add_column('cities', sa.Column('last_reminder_minutes', sa.BigInteger(), server_default='30', nullable=False))
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f'ck_cities_{name}'), 'cities', rule)


def downgrade() -> None:
    for column in ('last_reminder_minutes', 'second_reminder_minutes', 'first_reminder_minutes'):
        op.drop_column('cities', column)
