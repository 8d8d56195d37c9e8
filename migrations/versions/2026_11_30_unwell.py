"""What failed of late, what was skipped, and who came from where are found by indexes of their own."""

import sqlalchemy as sa
from alembic import op

revision = 'unwell'
down_revision = 'files'
branch_labels = None
depends_on = None

UNWELL = sa.text("state in ('failed', 'unknown')")
SKIPPED = sa.text("state = 'skipped'")
KNOWN = sa.text('source is not null')


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute('set lock_timeout = 0')  # building waits for old transactions, and holds nobody up meanwhile
        _build('ix_outbox_unwell', 'outbox', ['state', 'settled_at'], postgresql_include=['lane'], postgresql_where=UNWELL)
        _build('ix_outbox_skipped', 'outbox', ['id'], postgresql_where=SKIPPED)
        _exchange('ix_candidates_source', 'candidates', ['source'], postgresql_include=['city_id'], postgresql_where=KNOWN)
        op.execute("set lock_timeout = '5s'")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute('set lock_timeout = 0')
        _exchange('ix_candidates_source', 'candidates', ['source'], postgresql_where=KNOWN)
        op.drop_index('ix_outbox_skipped', 'outbox', postgresql_concurrently=True, if_exists=True)
        op.drop_index('ix_outbox_unwell', 'outbox', postgresql_concurrently=True, if_exists=True)
        op.execute("set lock_timeout = '5s'")


def _build(name, table, columns, **rest) -> None:
    """What an interrupted build left is of no use, so it goes first."""
    op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
    op.create_index(name, table, columns, postgresql_concurrently=True, **rest)


def _exchange(name, table, columns, **rest) -> None:
    """The old index serves until the new one does."""
    _build(f'{name}_new', table, columns, **rest)
    op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
    op.execute(f'alter index {name}_new rename to {name}')
