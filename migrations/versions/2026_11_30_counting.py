"""What the board and Analytics count is read from the indexes alone."""

import sqlalchemy as sa
from alembic import op

revision = 'counting'
down_revision = 'page_requests'
branch_labels = None
depends_on = None

ACTIVE = sa.text("outcome = 'active'")
ACTIVE_COLUMNS = ['stage', 'stage_since', 'id']


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute('set lock_timeout = 0')  # building waits for old transactions, and holds nobody up meanwhile
        _exchange('ix_slots_starts_at', 'slots', ['starts_at'], postgresql_include=['id', 'purpose'])
        _exchange('ix_candidates_active', 'candidates', ACTIVE_COLUMNS, postgresql_include=['city_id', 'erased_at'], postgresql_where=ACTIVE)
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute('set lock_timeout = 0')
        _exchange('ix_candidates_active', 'candidates', ACTIVE_COLUMNS, postgresql_where=ACTIVE)
        _exchange('ix_slots_starts_at', 'slots', ['starts_at'])
        op.execute("set lock_timeout = '5s'")


def _exchange(name, table, columns, **rest) -> None:
    """The old index serves until the new one does. What an interrupted build left is of no use, so it goes first."""
    op.drop_index(f'{name}_new', table, postgresql_concurrently=True, if_exists=True)
    op.create_index(f'{name}_new', table, columns, postgresql_concurrently=True, **rest)
    op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
    op.execute(f'alter index {name}_new rename to {name}')
