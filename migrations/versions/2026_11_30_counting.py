"""What the board and Analytics count is read from the indexes alone."""

import sqlalchemy as sa
from alembic import op

revision = 'counting'
down_revision = 'page_requests'
branch_labels = None
depends_on = None

ACTIVE = sa.text("outcome = 'active'")


def upgrade() -> None:
    op.drop_index('ix_slots_starts_at', table_name='slots')
    op.create_index('ix_slots_starts_at', 'slots', ['starts_at'], postgresql_include=['id', 'purpose'])
    op.drop_index('ix_candidates_active', table_name='candidates')
    op.create_index('ix_candidates_active', 'candidates', ['stage', 'stage_since', 'id'], postgresql_include=['city_id', 'erased_at'], postgresql_where=ACTIVE)


def downgrade() -> None:
    op.drop_index('ix_candidates_active', table_name='candidates')
    op.create_index('ix_candidates_active', 'candidates', ['stage', 'stage_since', 'id'], postgresql_where=ACTIVE)
    op.drop_index('ix_slots_starts_at', table_name='slots')
    op.create_index('ix_slots_starts_at', 'slots', ['starts_at'])
