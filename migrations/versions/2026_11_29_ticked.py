"""What was ticked when the time was up is the answer.

Rows of before keep none: their ticks were not counted.
"""

from alembic import op

revision = 'ticked'
down_revision = 'intro_day'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _set("case status when 'answered' then value is not null when 'timed_out' then true else value is null end")


def downgrade() -> None:
    op.execute("update answers set value = null where status = 'timed_out' and value is not null")
    _set("(status = 'answered') = (value is not null)")


def _set(condition: str) -> None:
    """The answers are looked through only when writers are no longer held up by the change."""
    name = op.f('ck_answers_answered_has_value')
    op.drop_constraint(name, 'answers', type_='check')
    op.create_check_constraint(name, 'answers', condition, postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.execute(f'alter table answers validate constraint {name}')
