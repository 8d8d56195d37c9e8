"""exams: offered attempts, deadlines, drafts, shuffling, more kinds of questions; outages; messages with an end"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

KINDS = "('text', 'number', 'one_choice', 'several_choices', 'date', 'phone')"
OLD_KINDS = "('text', 'number', 'one_choice')"
CHOICE = "kind not in ('one_choice', 'several_choices') or jsonb_array_length(options) >= 2"
OLD_CHOICE = "kind <> 'one_choice' or jsonb_array_length(options) >= 2"


PROMPTS = "('consent', 'name', 'city', 'phone', 'question', 'exam', 'review', 'hour', 'wish', 'reason', 'booked', 'ended', 'nothing')"
OLD_PROMPTS = "('consent', 'name', 'city', 'phone', 'question', 'review', 'hour', 'wish', 'reason', 'booked', 'ended', 'nothing')"


def upgrade() -> None:
    _replace_check('conversations', 'prompt', f"prompt in {PROMPTS}")
    op.create_table('outages',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('process', sa.String(length=32), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('began_at < ended_at', name=op.f('ck_outages_ends_after_start')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outages')),
    sa.UniqueConstraint('process', 'began_at', name=op.f('uq_outages_process_began_at'))
    )
    op.create_index('ix_outages_process_ended_at', 'outages', ['process', 'ended_at'], unique=False)

    op.add_column('tests', sa.Column('shuffle_questions', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('tests', sa.Column('shuffle_options', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('tests', sa.Column('tries', sa.SmallInteger(), server_default='1', nullable=False))
    op.add_column('tests', sa.Column('revision', sa.BigInteger(), server_default='1', nullable=False))
    op.create_check_constraint(op.f('ck_tests_tries_in_range'), 'tests', 'tries between 1 and 5')
    op.create_check_constraint(op.f('ck_tests_question_limit_in_range'), 'tests', 'question_limit_seconds between 5 and 3600')
    op.create_check_constraint(op.f('ck_tests_total_limit_in_range'), 'tests', 'total_limit_seconds between 30 and 86400')

    op.add_column('questions', sa.Column('required', sa.Boolean(), server_default='true', nullable=False))
    op.add_column('questions', sa.Column('limit_seconds', sa.BigInteger(), nullable=True))
    op.add_column('questions', sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True))
    _replace_check('questions', 'kind', f"kind in {KINDS}")
    _replace_check('questions', 'choice_has_options', CHOICE)
    op.create_check_constraint(op.f('ck_questions_limit_in_range'), 'questions', 'limit_seconds between 5 and 3600')
    op.create_check_constraint(op.f('ck_questions_deleted_is_hidden'), 'questions', 'deleted_at is null or not active')

    # The old version starts attempts without a seed: one for all of them is no harm, it shuffles nothing.
    op.add_column('attempts', sa.Column('seed', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('attempts', sa.Column('offered_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('attempts', sa.Column('grant_reason', sa.Text(), nullable=True))
    op.add_column('attempts', sa.Column('extra_percent', sa.SmallInteger(), server_default='0', nullable=False))
    op.add_column('attempts', sa.Column('credited_seconds', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('attempts', sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=True))
    op.alter_column('attempts', 'started_at', existing_type=sa.DateTime(timezone=True), nullable=True)
    _replace_check('attempts', 'status', "status in ('offered', 'under_way', 'finished')")
    op.create_check_constraint(op.f('ck_attempts_started_has_moment'), 'attempts', "(status = 'offered') = (started_at is null)")
    op.create_check_constraint(op.f('ck_attempts_extra_in_range'), 'attempts', 'extra_percent between 0 and 100')
    op.drop_index('uq_attempts_under_way', table_name='attempts')
    op.create_index('uq_attempts_open', 'attempts', ['candidate_id', 'test_id'], unique=True, postgresql_where=sa.text("status <> 'finished'"))

    op.add_column('answers', sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('answers', sa.Column('credited_seconds', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('answers', sa.Column('draft', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False))
    op.add_column('answers', sa.Column('tries', sa.SmallInteger(), server_default='0', nullable=False))
    op.add_column('answers', sa.Column('puts', sa.SmallInteger(), server_default='0', nullable=False))
    op.add_column('answers', sa.Column('correct', sa.Boolean(), nullable=True))
    _replace_check('answers', 'status', "status in ('open', 'answered', 'skipped', 'timed_out')")

    op.add_column('candidates', sa.Column('extra_time_percent', sa.SmallInteger(), server_default='0', nullable=False))
    op.create_check_constraint(op.f('ck_candidates_extra_time_known'), 'candidates', 'extra_time_percent in (0, 25, 50, 100)')

    op.add_column('outbox', sa.Column('edits_only', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('outbox', sa.Column('valid_until', sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f('ck_outbox_edit_has_message'), 'outbox', 'not edits_only or replaces_message_id is not null')


def _replace_check(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f'ck_{table}_{name}'), table, type_='check')
    op.create_check_constraint(op.f(f'ck_{table}_{name}'), table, rule)


def downgrade() -> None:
    _replace_check('conversations', 'prompt', f"prompt in {OLD_PROMPTS}")
    op.drop_constraint(op.f('ck_outbox_edit_has_message'), 'outbox', type_='check')
    op.drop_column('outbox', 'valid_until')
    op.drop_column('outbox', 'edits_only')
    op.drop_column('candidates', 'extra_time_percent')
    _replace_check('answers', 'status', "status in ('open', 'answered', 'skipped')")
    for column in ('correct', 'puts', 'tries', 'draft', 'credited_seconds', 'deadline_at'):
        op.drop_column('answers', column)
    op.drop_index('uq_attempts_open', table_name='attempts')
    op.create_index('uq_attempts_under_way', 'attempts', ['candidate_id', 'test_id'], unique=True, postgresql_where=sa.text("status = 'under_way'"))
    op.drop_constraint(op.f('ck_attempts_started_has_moment'), 'attempts', type_='check')
    _replace_check('attempts', 'status', "status in ('under_way', 'finished')")
    op.alter_column('attempts', 'started_at', existing_type=sa.DateTime(timezone=True), nullable=False)
    for column in ('deadline_at', 'credited_seconds', 'extra_percent', 'grant_reason', 'offered_at', 'seed'):
        op.drop_column('attempts', column)
    op.drop_constraint(op.f('ck_questions_deleted_is_hidden'), 'questions', type_='check')
    _replace_check('questions', 'choice_has_options', OLD_CHOICE)
    _replace_check('questions', 'kind', f"kind in {OLD_KINDS}")
    for column in ('deleted_at', 'limit_seconds', 'required'):
        op.drop_column('questions', column)
    op.drop_constraint(op.f('ck_tests_total_limit_in_range'), 'tests', type_='check')
    op.drop_constraint(op.f('ck_tests_question_limit_in_range'), 'tests', type_='check')
    for column in ('revision', 'tries', 'shuffle_options', 'shuffle_questions'):
        op.drop_column('tests', column)
    op.drop_index('ix_outages_process_ended_at', table_name='outages')
    op.drop_table('outages')
