"""inbox"""

import sqlalchemy as sa
from alembic import op

revision = 'inbox'
down_revision = 'terms'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chat_lines',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('by_staff', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('text', sa.Text(), server_default='', nullable=False),
    sa.Column('sent', sa.String(length=32), nullable=True),
    sa.Column('token', sa.String(length=64), nullable=True),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(token is not null) = by_staff', name=op.f('ck_chat_lines_staff_has_token')),
    sa.CheckConstraint('by_staff or account_id is null', name=op.f('ck_chat_lines_account_is_staff')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_chat_lines_account_id_accounts'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_chat_lines_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_lines')),
    sa.UniqueConstraint('candidate_id', 'token', name=op.f('uq_chat_lines_candidate_id_token'))
    )
    op.create_index(op.f('ix_chat_lines_account_id'), 'chat_lines', ['account_id'], unique=False)
    op.create_index('ix_chat_lines_candidate_id_id', 'chat_lines', ['candidate_id', 'id'], unique=False)
    op.create_table('chats',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Enum('asked', 'came_back', 'staff', name='reason', native_enum=False, create_constraint=True, length=32), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('turned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('human_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unread_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('closed_at is null or (human_until is null and unread_since is null)', name=op.f('ck_chats_closed_is_over')),
    sa.CheckConstraint('human_until is null or turned_at is not null', name=op.f('ck_chats_human_has_turned')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_chats_account_id_accounts'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_chats_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chats'))
    )
    op.create_index(op.f('ix_chats_account_id'), 'chats', ['account_id'], unique=False)
    op.create_index('ix_chats_candidate_id_id', 'chats', ['candidate_id', 'id'], unique=False)
    op.create_index('ix_chats_closed', 'chats', ['id'], unique=False, postgresql_where=sa.text('closed_at is not null'))
    op.create_index('ix_chats_waiting', 'chats', ['unread_since', 'id'], unique=False, postgresql_where=sa.text('closed_at is null'))
    op.create_index('uq_chats_open', 'chats', ['candidate_id'], unique=True, postgresql_where=sa.text('closed_at is null'))
    op.create_table('follow_ups',
    sa.Column('candidate_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_follow_ups_account_id_accounts'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_follow_ups_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('candidate_id', name=op.f('pk_follow_ups'))
    )
    op.create_index(op.f('ix_follow_ups_account_id'), 'follow_ups', ['account_id'], unique=False)
    op.create_index('ix_follow_ups_due_on', 'follow_ups', ['due_on'], unique=False)
    op.create_table('notes',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('candidate_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_notes_account_id_accounts'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['candidate_id'], ['candidates.id'], name=op.f('fk_notes_candidate_id_candidates'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notes'))
    )
    op.create_index(op.f('ix_notes_account_id'), 'notes', ['account_id'], unique=False)
    op.create_index('ix_notes_candidate_id_id', 'notes', ['candidate_id', 'id'], unique=False)
    op.add_column('answers', sa.Column('left_seconds', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column('answers', 'left_seconds')
    op.drop_index('ix_notes_candidate_id_id', table_name='notes')
    op.drop_index(op.f('ix_notes_account_id'), table_name='notes')
    op.drop_table('notes')
    op.drop_index('ix_follow_ups_due_on', table_name='follow_ups')
    op.drop_index(op.f('ix_follow_ups_account_id'), table_name='follow_ups')
    op.drop_table('follow_ups')
    op.drop_index('uq_chats_open', table_name='chats', postgresql_where=sa.text('closed_at is null'))
    op.drop_index('ix_chats_waiting', table_name='chats', postgresql_where=sa.text('closed_at is null'))
    op.drop_index('ix_chats_closed', table_name='chats', postgresql_where=sa.text('closed_at is not null'))
    op.drop_index('ix_chats_candidate_id_id', table_name='chats')
    op.drop_index(op.f('ix_chats_account_id'), table_name='chats')
    op.drop_table('chats')
    op.drop_index('ix_chat_lines_candidate_id_id', table_name='chat_lines')
    op.drop_index(op.f('ix_chat_lines_account_id'), table_name='chat_lines')
    op.drop_table('chat_lines')
