"""delivery: the trail of attempts; whom to call; tables that many rows pass through are vacuumed early"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'delivery'
down_revision = 'statistics'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('outbox', sa.Column('trail', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False))
    op.create_index('ix_contacts_unreachable_since', 'contacts', ['unreachable_since'], unique=False,
                    postgresql_where=sa.text('unreachable_since is not null'))
    for table in ('outbox', 'timers'):
        # Rows leave the partial indexes as fast as they come; the default would let dead entries pile up in front.
        op.execute(f'alter table {table} set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0)')


def downgrade() -> None:
    for table in ('outbox', 'timers'):
        op.execute(f'alter table {table} reset (autovacuum_vacuum_scale_factor, autovacuum_vacuum_cost_delay)')
    op.drop_index('ix_contacts_unreachable_since', table_name='contacts')
    op.drop_column('outbox', 'trail')
