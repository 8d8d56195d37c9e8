"""terms"""

import sqlalchemy as sa
from alembic import op

revision = 'terms'
down_revision = 'accounts'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('attempts', sa.Column('question_limit_seconds', sa.BigInteger(), nullable=True))
    op.add_column('attempts', sa.Column('total_limit_seconds', sa.BigInteger(), nullable=True))
    op.add_column('attempts', sa.Column('tries', sa.SmallInteger(), server_default='1', nullable=False))
    op.add_column('attempts', sa.Column('pass_percent', sa.SmallInteger(), nullable=True))
    # Attempts that have begun keep what holds for their test now.
    op.execute("""
        update attempts set question_limit_seconds = tests.question_limit_seconds, tries = tests.tries,
            total_limit_seconds = tests.total_limit_seconds, pass_percent = tests.pass_percent
        from tests where tests.id = attempts.test_id and attempts.status <> 'offered'
    """)


def downgrade() -> None:
    op.drop_column('attempts', 'pass_percent')
    op.drop_column('attempts', 'tries')
    op.drop_column('attempts', 'total_limit_seconds')
    op.drop_column('attempts', 'question_limit_seconds')
