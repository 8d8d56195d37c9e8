"""broken texts"""

import sqlalchemy as sa
from alembic import op

revision = 'texts'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.add_column('text_overrides', sa.Column('broken_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('text_overrides', sa.Column('broken_reason', sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f('ck_text_overrides_broken_whole'), 'text_overrides', '(broken_at is null) = (broken_reason is null)'
    )


def downgrade():
    op.drop_constraint(op.f('ck_text_overrides_broken_whole'), 'text_overrides', type_='check')
    op.drop_column('text_overrides', 'broken_reason')
    op.drop_column('text_overrides', 'broken_at')
