"""today"""

import sqlalchemy as sa
from alembic import op
revision = 'today'
down_revision = "analytics"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.create_index('ix_slots_starts_at', 'slots', ['starts_at'], unique=False)
    op.create_index('ix_candidates_stage_since_id', 'candidates', ['stage_since', 'id'], unique=False)
    op.create_index('ix_candidates_source', 'candidates', ['source'], unique=False, postgresql_where=sa.text('source is not null'))
    op.create_index('ix_candidates_phone', 'candidates', ['phone'], unique=False, postgresql_using='gin', postgresql_ops={'phone': 'gin_trgm_ops'})
    op.create_index('ix_contacts_username', 'contacts', ['username'], unique=False, postgresql_using='gin', postgresql_ops={'username': 'gin_trgm_ops'})
    op.execute(
        "create index ix_candidates_name_key on candidates using gin (translate(lower(full_name),"
        " 'абвгдеёжзийклмнопрстуфхцчшщыэюяьъ', 'abvgdeejziiklmnoprstufxccwwieua') gin_trgm_ops)"
    )


def downgrade() -> None:
    op.drop_index('ix_candidates_name_key', table_name='candidates')
    op.drop_index('ix_contacts_username', table_name='contacts')
    op.drop_index('ix_candidates_phone', table_name='candidates')
    op.drop_index('ix_candidates_source', table_name='candidates')
    op.drop_index('ix_candidates_stage_since_id', table_name='candidates')
    op.drop_index('ix_slots_starts_at', table_name='slots')
