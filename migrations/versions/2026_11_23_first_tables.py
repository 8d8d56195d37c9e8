"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


BOOKING_IS_FOREVER = """
create function bookings_never_change() returns trigger language plpgsql as $$
begin
    raise exception 'a booking''s slot, purpose and candidate never change'
        using errcode = 'integrity_constraint_violation', constraint = 'bookings_never_change';
end $$;
create trigger bookings_never_change before update of slot_id, purpose, candidate_id on bookings for each row
    when (old.slot_id <> new.slot_id or old.purpose <> new.purpose or old.candidate_id <> new.candidate_id)
    execute function bookings_never_change();
"""
JOURNAL_IS_FOREVER = """
create function journal_never_changes() returns trigger language plpgsql as $$
begin
    raise exception 'the journal is append-only' using errcode = 'integrity_constraint_violation';
end $$;
create trigger journal_never_changes before update on journal for each row
    execute function journal_never_changes();
"""


def upgrade() -> None:
    # An exclusion constraint over a number and a range of time needs this contrib module (trusted since Postgres 13).
    op.execute("create extension if not exists btree_gist")
    op.create_table('cities',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('aliases', sa.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('address', sa.Text(), server_default='', nullable=False),
    sa.Column('map_url', sa.Text(), server_default='', nullable=False),
    sa.Column('contact_person', sa.Text(), server_default='', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('phone_required', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('approval_required', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('recruiter_choice', sa.Enum('system', 'candidate', name='recruiter_choice', native_enum=False, create_constraint=True, length=32), server_default='system', nullable=False),
    sa.Column('minimum_notice_minutes', sa.BigInteger(), server_default='60', nullable=False),
    sa.Column('horizon_days', sa.BigInteger(), server_default='14', nullable=False),
    sa.Column('change_deadline_minutes', sa.BigInteger(), server_default='120', nullable=False),
    sa.Column('quiet_from', sa.Time(), server_default='22:00', nullable=False),
    sa.Column('quiet_until', sa.Time(), server_default='08:00', nullable=False),
    sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint('change_deadline_minutes >= 0', name=op.f('ck_cities_deadline_not_negative')),
    sa.CheckConstraint('horizon_days between 1 and 365', name=op.f('ck_cities_horizon_in_a_year')),
    sa.CheckConstraint('minimum_notice_minutes >= 0', name=op.f('ck_cities_notice_not_negative')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cities')),
    sa.UniqueConstraint('name', name=op.f('uq_cities_name'))
    )
    op.create_table('heartbeats',
    sa.Column('process', sa.String(length=32), nullable=False),
    sa.Column('instance', sa.String(length=120), nullable=False),
    sa.Column('version', sa.String(length=64), nullable=False),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('process', 'instance', name=op.f('pk_heartbeats'))
    )
    op.create_table('login_attempts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('login', sa.String(length=120), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('succeeded', sa.Boolean(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_attempts'))
    )
    op.create_index('ix_login_attempts_address_at', 'login_attempts', ['address', 'at'], unique=False)
    op.create_index('ix_login_attempts_login_at', 'login_attempts', ['login', 'at'], unique=False)
    op.create_table('recruiters',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('meeting_url', sa.Text(), server_default='', nullable=False),
    sa.Column('chat_id', sa.BigInteger(), nullable=True),
    sa.Column('buffer_minutes', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('daily_cap', sa.SmallInteger(), nullable=True),
    sa.Column('weight', sa.SmallInteger(), server_default='1', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint('buffer_minutes between 0 and 720', name=op.f('ck_recruiters_buffer_within_half_a_day')),
    sa.CheckConstraint('daily_cap is null or daily_cap > 0', name=op.f('ck_recruiters_cap_positive')),
    sa.CheckConstraint('weight between 0 and 100', name=op.f('ck_recruiters_weight_in_range')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recruiters')),
    sa.UniqueConstraint('chat_id', name=op.f('uq_recruiters_chat_id'))
    )
    op.create_table('seen_updates',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('update_id', sa.BigInteger(), nullable=False),
    sa.Column('chat_id', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('failure', sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seen_updates')),
    sa.UniqueConstraint('update_id', name=op.f('uq_seen_updates_update_id'))
    )
    op.create_index('ix_seen_updates_seen_at', 'seen_updates', ['seen_at'], unique=False)
    op.create_table('tests',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('title', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('kind', sa.Enum('questionnaire', 'exam', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('pass_percent', sa.SmallInteger(), nullable=True),
    sa.Column('question_limit_seconds', sa.BigInteger(), nullable=True),
    sa.Column('total_limit_seconds', sa.BigInteger(), nullable=True),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.CheckConstraint("(kind = 'exam') = (pass_percent is not null)", name=op.f('ck_tests_exam_has_pass_mark')),
    sa.CheckConstraint('pass_percent is null or pass_percent between 1 and 100', name=op.f('ck_tests_pass_percent_in_range')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tests')),
    sa.UniqueConstraint('key', name=op.f('uq_tests_key'))
    )
    op.create_table('timers',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('subject_id', sa.BigInteger(), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('failures', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('state', sa.Enum('pending', 'done', 'skipped', 'withdrawn', 'failed', name='state', native_enum=False, create_constraint=True, length=32), server_default='pending', nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timers')),
    sa.UniqueConstraint('kind', 'subject_id', name=op.f('uq_timers_kind_subject_id'))
    )
    op.create_index('ix_timers_due_at_pending', 'timers', ['due_at'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_table('accounts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('login', sa.String(length=120), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('role', sa.Enum('admin', 'recruiter', 'viewer', name='role', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('recruiter_id', sa.BigInteger(), nullable=True),
    sa.Column('language', sa.String(length=8), server_default='ru', nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('session_epoch', sa.BigInteger(), server_default='1', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['recruiter_id'], ['recruiters.id'], name=op.f('fk_accounts_recruiter_id_recruiters'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts'))
    )
    op.create_index(op.f('ix_accounts_recruiter_id'), 'accounts', ['recruiter_id'], unique=False)
    op.create_index('uq_accounts_login_lower', 'accounts', [sa.literal_column('lower(login)')], unique=True)
    op.create_table('candidates',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('reference', sa.String(length=24), nullable=False),
    sa.Column('full_name', sa.String(length=200), nullable=True),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('city_id', sa.BigInteger(), nullable=True),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('stage', sa.Enum('started', 'test1', 'screening', 'to_schedule', 'interview', 'test2', 'to_intro_day', 'intro_day', 'hired', name='stage', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('stage_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.Enum('active', 'hired', 'rejected', 'withdrawn', name='outcome', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('outcome_reason', sa.Text(), nullable=True),
    sa.Column('source', sa.String(length=64), nullable=True),
    sa.Column('consent_version', sa.String(length=16), nullable=True),
    sa.Column('consent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('phone_declined', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('registered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint("(outcome = 'hired') = (stage = 'hired')", name=op.f('ck_candidates_hired_is_hired')),
    sa.CheckConstraint("outcome not in ('rejected', 'withdrawn') or outcome_reason is not null", name=op.f('ck_candidates_end_has_reason')),
    sa.CheckConstraint('(consent_at is null) = (consent_version is null)', name=op.f('ck_candidates_consent_whole')),
    sa.ForeignKeyConstraint(['city_id'], ['cities.id'], name=op.f('fk_candidates_city_id_cities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_candidates')),
    sa.UniqueConstraint('reference', name=op.f('uq_candidates_reference'))
    )
    op.create_index(op.f('ix_candidates_city_id'), 'candidates', ['city_id'], unique=False)
    op.create_index('ix_candidates_created_at_id', 'candidates', ['created_at', 'id'], unique=False)
    op.create_index('ix_candidates_stage_stage_since', 'candidates', ['stage', 'stage_since'], unique=False)
    op.create_table('questions',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('test_id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('kind', sa.Enum('text', 'number', 'one_choice', name='kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('text', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('hint', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('options', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('show_if', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('lowest', sa.BigInteger(), nullable=True),
    sa.Column('highest', sa.BigInteger(), nullable=True),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('version', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint("kind <> 'one_choice' or jsonb_array_length(options) >= 2", name=op.f('ck_questions_choice_has_options')),
    sa.CheckConstraint('lowest is null or highest is null or lowest <= highest', name=op.f('ck_questions_bounds_in_order')),
    sa.ForeignKeyConstraint(['test_id'], ['tests.id'], name=op.f('fk_questions_test_id_tests'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_questions')),
    sa.UniqueConstraint('test_id', 'key', name=op.f('uq_questions_test_id_key'))
    )
    op.create_index('ix_questions_test_id_position', 'questions', ['test_id', 'position'], unique=False)
    op.create_table('recruiter_cities',
    sa.Column('recruiter_id', sa.BigInteger(), nullable=False),
    sa.Column('city_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['city_id'], ['cities.id'], name=op.f('fk_recruiter_cities_city_id_cities'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['recruiter_id'], ['recruiters.id'], name=op.f('fk_recruiter_cities_recruiter_id_recruiters'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('recruiter_id', 'city_id', name=op.f('pk_recruiter_cities'))
    )
    op.create_index(op.f('ix_recruiter_cities_city_id'), 'recruiter_cities', ['city_id'], unique=False)
    op.create_table('text_overrides',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('city_id', sa.BigInteger(), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('author', sa.String(length=120), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['city_id'], ['cities.id'], name=op.f('fk_text_overrides_city_id_cities'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_text_overrides'))
    )
    op.create_index(op.f('ix_text_overrides_city_id'), 'text_overrides', ['city_id'], unique=False)
    op.create_index('uq_text_overrides_key_language_city_version', 'text_overrides', ['key', 'language', sa.literal_column('coalesce(city_id, 0)'), 'version'], unique=True)
    op.create_table('attempts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('test_id', sa.BigInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Enum('under_way', 'finished', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('question_ids', sa.ARRAY(sa.BigInteger()), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('score', sa.BigInteger(), nullable=True),
    sa.Column('score_percent', sa.SmallInteger(), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.Column('screening', sa.Enum('qualified', 'review', 'declined', name='screening', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('screening_reasons', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.CheckConstraint("(status = 'finished') = (finished_at is not null)", name=op.f('ck_attempts_finished_has_moment')),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_attempts_candidate_id_candidates'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['test_id'], ['tests.id'], name=op.f('fk_attempts_test_id_tests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    op.create_index('ix_attempts_candidate_id_id', 'attempts', ['candidate_id', 'id'], unique=False)
    op.create_index(op.f('ix_attempts_test_id'), 'attempts', ['test_id'], unique=False)
    op.create_index('uq_attempts_under_way', 'attempts', ['candidate_id', 'test_id'], unique=True, postgresql_where=sa.text("status = 'under_way'"))
    op.create_table('contacts',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Enum('telegram', name='channel', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('chat_id', sa.BigInteger(), nullable=False),
    sa.Column('username', sa.String(length=64), nullable=True),
    sa.Column('first_name', sa.String(length=128), nullable=False),
    sa.Column('unreachable_reason', sa.String(length=120), nullable=True),
    sa.Column('unreachable_since', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(unreachable_reason is null) = (unreachable_since is null)', name=op.f('ck_contacts_unreachable_whole')),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_contacts_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts')),
    sa.UniqueConstraint('candidate_id', name=op.f('uq_contacts_candidate_id')),
    sa.UniqueConstraint('channel', 'chat_id', name=op.f('uq_contacts_channel_chat_id'))
    )
    op.create_table('conversations',
    sa.Column('candidate_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('prompt', sa.Enum('consent', 'name', 'city', 'phone', 'question', 'review', 'hour', 'wish', 'reason', 'booked', 'ended', 'nothing', name='prompt', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('answer_id', sa.BigInteger(), nullable=True),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('flood_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('flood_count', sa.SmallInteger(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_conversations_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('candidate_id', name=op.f('pk_conversations'))
    )
    op.create_table('journal',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('actor_kind', sa.Enum('candidate', 'staff', 'system', name='actor_kind', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('actor_id', sa.BigInteger(), nullable=True),
    sa.Column('candidate_id', sa.BigInteger(), nullable=True),
    sa.Column('subject_id', sa.BigInteger(), nullable=True),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_journal_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_journal'))
    )
    op.create_index('ix_journal_candidate_id_id', 'journal', ['candidate_id', 'id'], unique=False)
    op.create_index('ix_journal_kind_at', 'journal', ['kind', 'at'], unique=False)
    op.create_table('outbox',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('about', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('chat_id', sa.BigInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=True),
    sa.Column('lane', sa.SmallInteger(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('keyboard', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('replaces_message_id', sa.BigInteger(), nullable=True),
    sa.Column('file_name', sa.String(length=120), nullable=True),
    sa.Column('file_text', sa.Text(), nullable=True),
    sa.Column('state', sa.Enum('queued', 'sending', 'sent', 'skipped', 'failed', 'unknown', name='state', native_enum=False, create_constraint=True, length=32), server_default='queued', nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('doubts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('telegram_message_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'sending') = (leased_until is not null)", name=op.f('ck_outbox_lease_only_while_sending')),
    sa.CheckConstraint('(file_name is null) = (file_text is null)', name=op.f('ck_outbox_file_whole')),
    sa.CheckConstraint('lane between 0 and 2', name=op.f('ck_outbox_lane_known')),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_outbox_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('about', 'kind', 'chat_id', name=op.f('uq_outbox_about_kind_chat_id'))
    )
    op.create_index('ix_outbox_candidate_id_id', 'outbox', ['candidate_id', 'id'], unique=False)
    op.create_index('ix_outbox_chat_unsettled', 'outbox', ['chat_id', 'lane', 'id'], unique=False, postgresql_where=sa.text("state in ('queued', 'sending')"))
    op.create_index('ix_outbox_failed', 'outbox', ['id'], unique=False, postgresql_where=sa.text("state in ('failed', 'unknown')"))
    op.create_index('ix_outbox_leased_until', 'outbox', ['leased_until'], unique=False, postgresql_where=sa.text("state = 'sending'"))
    op.create_index('ix_outbox_queued', 'outbox', ['lane', 'due_at', 'id'], unique=False, postgresql_where=sa.text("state = 'queued'"))
    op.create_table('slot_series',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_slot_series_account_id_accounts'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_slot_series'))
    )
    op.create_index(op.f('ix_slot_series_account_id'), 'slot_series', ['account_id'], unique=False)
    op.create_table('waiting',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('city_id', sa.BigInteger(), nullable=False),
    sa.Column('purpose', sa.Enum('interview', 'intro_day', name='purpose', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('status', sa.Enum('waiting', 'served', 'gone', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('wanted_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wanted_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'waiting') = (ended_at is null)", name=op.f('ck_waiting_ended_has_moment')),
    sa.CheckConstraint('wanted_until is null or wanted_from < wanted_until', name=op.f('ck_waiting_window_in_order')),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_waiting_candidate_id_candidates'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['city_id'], ['cities.id'], name=op.f('fk_waiting_city_id_cities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_waiting'))
    )
    op.create_index('ix_waiting_city_since', 'waiting', ['city_id', 'purpose', 'since'], unique=False, postgresql_where=sa.text("status = 'waiting'"))
    op.create_index('uq_waiting_candidate_purpose', 'waiting', ['candidate_id', 'purpose'], unique=True, postgresql_where=sa.text("status = 'waiting'"))
    op.create_table('answers',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('attempt_id', sa.BigInteger(), nullable=False),
    sa.Column('question_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Enum('open', 'answered', 'skipped', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('asked', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('value', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'answered') = (value is not null)", name=op.f('ck_answers_answered_has_value')),
    sa.CheckConstraint("(status = 'open') = (answered_at is null)", name=op.f('ck_answers_settled_has_moment')),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_answers_attempt_id_attempts'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['question_id'], ['questions.id'], name=op.f('fk_answers_question_id_questions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_answers')),
    sa.UniqueConstraint('attempt_id', 'question_id', name=op.f('uq_answers_attempt_id_question_id'))
    )
    op.create_index(op.f('ix_answers_question_id'), 'answers', ['question_id'], unique=False)
    op.create_index('uq_answers_open', 'answers', ['attempt_id'], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.create_table('slots',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('recruiter_id', sa.BigInteger(), nullable=False),
    sa.Column('city_id', sa.BigInteger(), nullable=True),
    sa.Column('purpose', sa.Enum('interview', 'intro_day', name='purpose', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('busy_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('capacity', sa.SmallInteger(), nullable=False),
    sa.Column('status', sa.Enum('open', 'closed', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('series_id', sa.BigInteger(), nullable=True),
    sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False),
    postgresql.ExcludeConstraint((sa.column('recruiter_id'), '='), (sa.column('purpose'), '='), (sa.text("tstzrange(starts_at, busy_until, '[)')"), '&&'), where=sa.text("status = 'open'"), using='gist', name='ex_slots_recruiter_hours_overlap'),
    sa.CheckConstraint("ends_at <= starts_at + interval '12 hours'", name=op.f('ck_slots_at_most_half_a_day')),
    sa.CheckConstraint('busy_until >= ends_at', name=op.f('ck_slots_busy_to_the_end')),
    sa.CheckConstraint('capacity between 1 and 500', name=op.f('ck_slots_capacity_in_range')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_slots_ends_after_start')),
    sa.ForeignKeyConstraint(['city_id'], ['cities.id'], name=op.f('fk_slots_city_id_cities')),
    sa.ForeignKeyConstraint(['recruiter_id'], ['recruiters.id'], name=op.f('fk_slots_recruiter_id_recruiters')),
    sa.ForeignKeyConstraint(['series_id'], ['slot_series.id'], name=op.f('fk_slots_series_id_slot_series')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_slots')),
    sa.UniqueConstraint('id', 'purpose', 'capacity', name=op.f('uq_slots_id_purpose_capacity'))
    )
    op.create_index(op.f('ix_slots_city_id'), 'slots', ['city_id'], unique=False)
    op.create_index('ix_slots_recruiter_id_starts_at', 'slots', ['recruiter_id', 'starts_at'], unique=False)
    op.create_index(op.f('ix_slots_series_id'), 'slots', ['series_id'], unique=False)
    op.create_index('ix_slots_starts_at_open', 'slots', ['purpose', 'starts_at'], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_table('bookings',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('slot_id', sa.BigInteger(), nullable=False),
    sa.Column('purpose', sa.Enum('interview', 'intro_day', name='purpose', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('slot_capacity', sa.SmallInteger(), nullable=False),
    sa.Column('seat', sa.SmallInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Enum('pending', 'booked', 'confirmed', 'cancelled', 'moved', 'attended', 'late', 'no_show', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Enum('candidate', 'recruiter', 'system', name='ended_by', native_enum=False, create_constraint=True, length=32), nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=True),
    sa.Column('moved_from_id', sa.BigInteger(), nullable=True),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('late_minutes', sa.SmallInteger(), nullable=True),
    sa.Column('calendar_uid', sa.String(length=64), nullable=False),
    sa.Column('calendar_sequence', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint("(status = 'cancelled') = (ended_by is not null)", name=op.f('ck_bookings_cancelled_by_somebody')),
    sa.CheckConstraint("(status in ('pending', 'booked', 'confirmed')) = (ended_at is null)", name=op.f('ck_bookings_ended_has_moment')),
    sa.CheckConstraint("not (status in ('pending', 'booked', 'confirmed')) or seat <= slot_capacity", name=op.f('ck_bookings_seat_within_capacity')),
    sa.CheckConstraint("status <> 'cancelled' or end_reason is not null", name=op.f('ck_bookings_cancelled_has_reason')),
    sa.CheckConstraint('late_minutes is null or late_minutes between 1 and 120', name=op.f('ck_bookings_late_within_reason')),
    sa.CheckConstraint('seat >= 1', name=op.f('ck_bookings_seat_positive')),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_bookings_candidate_id_candidates'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['moved_from_id'], ['bookings.id'], name=op.f('fk_bookings_moved_from_id_bookings')),
    sa.ForeignKeyConstraint(['slot_id', 'purpose', 'slot_capacity'], ['slots.id', 'slots.purpose', 'slots.capacity'], name='fk_bookings_slot_purpose_capacity', onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bookings'))
    )
    op.create_index('ix_bookings_candidate_id_id', 'bookings', ['candidate_id', 'id'], unique=False)
    op.create_index(op.f('ix_bookings_moved_from_id'), 'bookings', ['moved_from_id'], unique=False)
    op.create_index('ix_bookings_pending', 'bookings', ['id'], unique=False, postgresql_where=sa.text("status = 'pending'"))
    op.create_index('ix_bookings_slot_id', 'bookings', ['slot_id'], unique=False)
    op.create_index('uq_bookings_candidate_purpose_live', 'bookings', ['candidate_id', 'purpose'], unique=True, postgresql_where=sa.text("status in ('pending', 'booked', 'confirmed')"))
    op.create_index('uq_bookings_seat_live', 'bookings', ['slot_id', 'seat'], unique=True, postgresql_where=sa.text("status in ('pending', 'booked', 'confirmed')"))
    op.create_table('offers',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('waiting_id', sa.BigInteger(), nullable=False),
    sa.Column('slot_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Enum('open', 'taken', 'declined', 'expired', name='status', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(status = 'open') = (ended_at is null)", name=op.f('ck_offers_ended_has_moment')),
    sa.ForeignKeyConstraint(['slot_id'], ['slots.id'], name=op.f('fk_offers_slot_id_slots'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['waiting_id'], ['waiting.id'], name=op.f('fk_offers_waiting_id_waiting'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offers')),
    sa.UniqueConstraint('waiting_id', 'slot_id', name=op.f('uq_offers_waiting_id_slot_id'))
    )
    op.create_index('ix_offers_slot_id', 'offers', ['slot_id'], unique=False)
    op.create_index('ix_offers_slot_id_open', 'offers', ['slot_id'], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_index('uq_offers_waiting_open', 'offers', ['waiting_id'], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.execute(BOOKING_IS_FOREVER)
    op.execute(JOURNAL_IS_FOREVER)


def downgrade() -> None:
    op.execute("drop trigger bookings_never_change on bookings; drop function bookings_never_change")
    op.execute("drop trigger journal_never_changes on journal; drop function journal_never_changes")
    op.drop_index('uq_offers_waiting_open', table_name='offers', postgresql_where=sa.text("status = 'open'"))
    op.drop_index('ix_offers_slot_id_open', table_name='offers', postgresql_where=sa.text("status = 'open'"))
    op.drop_index('ix_offers_slot_id', table_name='offers')
    op.drop_table('offers')
    op.drop_index('uq_bookings_seat_live', table_name='bookings', postgresql_where=sa.text("status in ('pending', 'booked', 'confirmed')"))
    op.drop_index('uq_bookings_candidate_purpose_live', table_name='bookings', postgresql_where=sa.text("status in ('pending', 'booked', 'confirmed')"))
    op.drop_index('ix_bookings_slot_id', table_name='bookings')
    op.drop_index('ix_bookings_pending', table_name='bookings', postgresql_where=sa.text("status = 'pending'"))
    op.drop_index(op.f('ix_bookings_moved_from_id'), table_name='bookings')
    op.drop_index('ix_bookings_candidate_id_id', table_name='bookings')
    op.drop_table('bookings')
    op.drop_index('ix_slots_starts_at_open', table_name='slots', postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f('ix_slots_series_id'), table_name='slots')
    op.drop_index('ix_slots_recruiter_id_starts_at', table_name='slots')
    op.drop_index(op.f('ix_slots_city_id'), table_name='slots')
    op.drop_table('slots')
    op.drop_index('uq_answers_open', table_name='answers', postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f('ix_answers_question_id'), table_name='answers')
    op.drop_table('answers')
    op.drop_index('uq_waiting_candidate_purpose', table_name='waiting', postgresql_where=sa.text("status = 'waiting'"))
    op.drop_index('ix_waiting_city_since', table_name='waiting', postgresql_where=sa.text("status = 'waiting'"))
    op.drop_table('waiting')
    op.drop_index(op.f('ix_slot_series_account_id'), table_name='slot_series')
    op.drop_table('slot_series')
    op.drop_index('ix_outbox_queued', table_name='outbox', postgresql_where=sa.text("state = 'queued'"))
    op.drop_index('ix_outbox_leased_until', table_name='outbox', postgresql_where=sa.text("state = 'sending'"))
    op.drop_index('ix_outbox_failed', table_name='outbox', postgresql_where=sa.text("state in ('failed', 'unknown')"))
    op.drop_index('ix_outbox_chat_unsettled', table_name='outbox', postgresql_where=sa.text("state in ('queued', 'sending')"))
    op.drop_index('ix_outbox_candidate_id_id', table_name='outbox')
    op.drop_table('outbox')
    op.drop_index('ix_journal_kind_at', table_name='journal')
    op.drop_index('ix_journal_candidate_id_id', table_name='journal')
    op.drop_table('journal')
    op.drop_table('conversations')
    op.drop_table('contacts')
    op.drop_index('uq_attempts_under_way', table_name='attempts', postgresql_where=sa.text("status = 'under_way'"))
    op.drop_index(op.f('ix_attempts_test_id'), table_name='attempts')
    op.drop_index('ix_attempts_candidate_id_id', table_name='attempts')
    op.drop_table('attempts')
    op.drop_index('uq_text_overrides_key_language_city_version', table_name='text_overrides')
    op.drop_index(op.f('ix_text_overrides_city_id'), table_name='text_overrides')
    op.drop_table('text_overrides')
    op.drop_index(op.f('ix_recruiter_cities_city_id'), table_name='recruiter_cities')
    op.drop_table('recruiter_cities')
    op.drop_index('ix_questions_test_id_position', table_name='questions')
    op.drop_table('questions')
    op.drop_index('ix_candidates_stage_stage_since', table_name='candidates')
    op.drop_index('ix_candidates_created_at_id', table_name='candidates')
    op.drop_index(op.f('ix_candidates_city_id'), table_name='candidates')
    op.drop_table('candidates')
    op.drop_index('uq_accounts_login_lower', table_name='accounts')
    op.drop_index(op.f('ix_accounts_recruiter_id'), table_name='accounts')
    op.drop_table('accounts')
    op.drop_index('ix_timers_due_at_pending', table_name='timers', postgresql_where=sa.text("state = 'pending'"))
    op.drop_table('timers')
    op.drop_table('tests')
    op.drop_index('ix_seen_updates_seen_at', table_name='seen_updates')
    op.drop_table('seen_updates')
    op.drop_table('recruiters')
    op.drop_index('ix_login_attempts_login_at', table_name='login_attempts')
    op.drop_index('ix_login_attempts_address_at', table_name='login_attempts')
    op.drop_table('login_attempts')
    op.drop_table('heartbeats')
    op.drop_table('cities')
