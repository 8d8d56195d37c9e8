"""statistics: indexes from which the figures of questions and tests are read alone"""

import sqlalchemy as sa
from alembic import op
revision = 'statistics'
down_revision = 'texts'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        'ix_answers_settled', 'answers', ['question_id', 'asked_at'], unique=False,
        postgresql_include=['status', 'correct', 'answered_at'], postgresql_where=sa.text("status <> 'open'"),
    )
    op.create_index(
        'ix_attempts_finished', 'attempts', ['test_id', 'finished_at'], unique=False,
        postgresql_include=['started_at', 'passed'], postgresql_where=sa.text("status = 'finished'"),
    )


def downgrade() -> None:
    op.drop_index('ix_attempts_finished', table_name='attempts')
    op.drop_index('ix_answers_settled', table_name='answers')
