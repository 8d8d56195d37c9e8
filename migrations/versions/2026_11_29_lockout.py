"""Attempts to sign in that the throttle refused, locks that were lifted, and operators who act."""

import sqlalchemy as sa
from alembic import op

revision = 'lockout'
down_revision = 'test2_after'
branch_labels = None
depends_on = None

NOT_REFUSED = 'not (succeeded and refused)'


def upgrade() -> None:
    op.add_column('login_attempts', sa.Column('refused', sa.Boolean(), server_default='false', nullable=False))
    op.create_check_constraint(op.f('ck_login_attempts_one_end'), 'login_attempts', NOT_REFUSED)
    op.add_column('accounts', sa.Column('lock_lifted_at', sa.DateTime(timezone=True), nullable=True))
    _actors("'candidate', 'staff', 'operator', 'system'")


def downgrade() -> None:
    op.execute("alter table journal disable trigger user")
    op.execute("update journal set actor_kind = 'system' where actor_kind = 'operator'")
    op.execute("alter table journal enable trigger user")
    op.drop_column('accounts', 'lock_lifted_at')
    op.drop_constraint(op.f('ck_login_attempts_one_end'), 'login_attempts')
    op.drop_column('login_attempts', 'refused')
    _actors("'candidate', 'staff', 'system'")


def _actors(known: str) -> None:
    """A long journal is read only when writers are no longer held up by the change."""
    op.execute("alter table journal drop constraint ck_journal_actor_kind")
    op.execute(f"alter table journal add constraint ck_journal_actor_kind check (actor_kind in ({known})) not valid")
    with op.get_context().autocommit_block():
        op.execute("alter table journal validate constraint ck_journal_actor_kind")
