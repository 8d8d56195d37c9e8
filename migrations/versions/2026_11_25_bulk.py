"""bulk"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = 'bulk'
down_revision = 'today'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('batches',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('act', sa.Enum('reject', 'move', 'recruiter', 'city', name='act', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('wanted', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('city_ids', postgresql.ARRAY(sa.BigInteger()), nullable=True),
    sa.Column('state', sa.Enum('draft', 'running', 'stopped', 'finished', name='state', native_enum=False, create_constraint=True, length=32), server_default='draft', nullable=False),
    sa.Column('total', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'draft') = (started_at is null)", name=op.f('ck_batches_draft_not_started')),
    sa.CheckConstraint("(state in ('stopped', 'finished')) = (ended_at is not null)", name=op.f('ck_batches_end_has_moment')),
    sa.CheckConstraint('cardinality(city_ids) > 0', name=op.f('ck_batches_reaches_somewhere')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_batches_account_id_accounts'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batches'))
    )
    op.create_index(op.f('ix_batches_account_id'), 'batches', ['account_id'], unique=False)
    op.create_index('ix_batches_drafts', 'batches', ['created_at'], unique=False, postgresql_where=sa.text("state = 'draft'"))
    op.create_index('ix_batches_running', 'batches', ['id'], unique=False, postgresql_where=sa.text("state = 'running'"))
    op.create_table('intakes',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('headings', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('mapping', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('city_id', sa.BigInteger(), nullable=True),
    sa.Column('source', sa.String(length=64), nullable=False),
    sa.Column('fills', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('state', sa.Enum('uploaded', 'checking', 'checked', 'running', 'stopped', 'finished', name='state', native_enum=False, create_constraint=True, length=32), server_default='uploaded', nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state in ('running', 'stopped', 'finished')) = (started_at is not null)", name=op.f('ck_intakes_started_has_moment')),
    sa.CheckConstraint("(state in ('stopped', 'finished')) = (ended_at is not null)", name=op.f('ck_intakes_end_has_moment')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_intakes_account_id_accounts'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['city_id'], ['cities.id'], name=op.f('fk_intakes_city_id_cities'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intakes'))
    )
    op.create_index(op.f('ix_intakes_account_id'), 'intakes', ['account_id'], unique=False)
    op.create_index(op.f('ix_intakes_city_id'), 'intakes', ['city_id'], unique=False)
    op.create_index('ix_intakes_under_way', 'intakes', ['id'], unique=False, postgresql_where=sa.text("state in ('checking', 'running')"))
    op.create_table('batch_people',
    sa.Column('batch_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('stage', sa.Enum('started', 'test1', 'screening', 'to_schedule', 'interview', 'test2', 'to_intro_day', 'intro_day', 'hired', name='stage', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('outcome', sa.Enum('active', 'hired', 'rejected', 'withdrawn', name='outcome', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'done', 'unchanged', 'refused', 'failed', 'stopped', name='state', native_enum=False, create_constraint=True, length=32), server_default='waiting', nullable=False),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'waiting') = (settled_at is null)", name=op.f('ck_batch_people_settled_has_moment')),
    sa.CheckConstraint("state <> 'refused' or why is not null", name=op.f('ck_batch_people_refused_has_reason')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_batch_people_batch_id_batches'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_batch_people_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('batch_id', 'candidate_id', name=op.f('pk_batch_people'))
    )
    op.create_index(op.f('ix_batch_people_candidate_id'), 'batch_people', ['candidate_id'], unique=False)
    op.create_index('ix_batch_people_progress', 'batch_people', ['batch_id', 'state', 'candidate_id'], unique=False)
    op.create_table('intake_lines',
    sa.Column('intake_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('cells', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('verdict', sa.Enum('new', 'known', 'twice', 'refused', name='verdict', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('state', sa.Enum('waiting', 'created', 'filled', 'skipped', 'refused', 'failed', 'stopped', name='state', native_enum=False, create_constraint=True, length=32), server_default='waiting', nullable=False),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('candidate_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("state <> 'refused' or why is not null", name=op.f('ck_intake_lines_refused_has_reason')),
    sa.CheckConstraint("state not in ('created', 'filled') or candidate_id is not null", name=op.f('ck_intake_lines_taken_has_candidate')),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_intake_lines_candidate_id_candidates'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['intake_id'], ['intakes.id'], name=op.f('fk_intake_lines_intake_id_intakes'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('intake_id', 'number', name=op.f('pk_intake_lines'))
    )
    op.create_index(op.f('ix_intake_lines_candidate_id'), 'intake_lines', ['candidate_id'], unique=False)
    op.create_index('ix_intake_lines_phone', 'intake_lines', ['intake_id', 'phone'], unique=False, postgresql_where=sa.text('phone is not null'))
    op.create_index('ix_intake_lines_progress', 'intake_lines', ['intake_id', 'state', 'verdict', 'number'], unique=False)
    op.add_column('candidates', sa.Column('recruiter_id', sa.BigInteger(), nullable=True))
    op.create_index('ix_candidates_phone_whole', 'candidates', ['phone'], unique=False, postgresql_where=sa.text('phone is not null'))
    op.create_index(op.f('ix_candidates_recruiter_id'), 'candidates', ['recruiter_id'], unique=False)
    op.create_foreign_key(op.f('fk_candidates_recruiter_id_recruiters'), 'candidates', 'recruiters', ['recruiter_id'], ['id'], ondelete='SET NULL')
    op.create_index('ix_contacts_username_lower', 'contacts', [sa.literal_column('lower(username)')], unique=False)


def downgrade() -> None:
    op.drop_index('ix_contacts_username_lower', table_name='contacts')
    op.drop_constraint(op.f('fk_candidates_recruiter_id_recruiters'), 'candidates', type_='foreignkey')
    op.drop_index(op.f('ix_candidates_recruiter_id'), table_name='candidates')
    op.drop_index('ix_candidates_phone_whole', table_name='candidates', postgresql_where=sa.text('phone is not null'))
    op.drop_column('candidates', 'recruiter_id')
    op.drop_index('ix_intake_lines_progress', table_name='intake_lines')
    op.drop_index('ix_intake_lines_phone', table_name='intake_lines', postgresql_where=sa.text('phone is not null'))
    op.drop_index(op.f('ix_intake_lines_candidate_id'), table_name='intake_lines')
    op.drop_table('intake_lines')
    op.drop_index('ix_batch_people_progress', table_name='batch_people')
    op.drop_index(op.f('ix_batch_people_candidate_id'), table_name='batch_people')
    op.drop_table('batch_people')
    op.drop_index('ix_intakes_under_way', table_name='intakes', postgresql_where=sa.text("state in ('checking', 'running')"))
    op.drop_index(op.f('ix_intakes_city_id'), table_name='intakes')
    op.drop_index(op.f('ix_intakes_account_id'), table_name='intakes')
    op.drop_table('intakes')
    op.drop_index('ix_batches_running', table_name='batches', postgresql_where=sa.text("state = 'running'"))
    op.drop_index('ix_batches_drafts', table_name='batches', postgresql_where=sa.text("state = 'draft'"))
    op.drop_index(op.f('ix_batches_account_id'), table_name='batches')
    op.drop_table('batches')
