"""Who is booked later may say that they would come earlier, and be offered an hour that becomes free."""

import sqlalchemy as sa
from alembic import op

revision = 'earlier'
down_revision = 'usual_reasons'
branch_labels = None
depends_on = None

_LIVE = "status in ('pending', 'booked', 'confirmed')"


def upgrade() -> None:
    op.add_column('bookings', sa.Column('earlier_since', sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        'ix_bookings_earlier', 'bookings', ['purpose', 'earlier_since'],
        postgresql_where=sa.text(f"earlier_since is not null and {_LIVE}"),
    )  # fmt: skip
    op.alter_column('offers', 'waiting_id', nullable=True)
    op.add_column('offers', sa.Column('booking_id', sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f('fk_offers_booking_id_bookings'), 'offers', 'bookings', ['booking_id'], ['id'], ondelete='CASCADE'
    )
    op.create_unique_constraint(op.f('uq_offers_booking_id_slot_id'), 'offers', ['booking_id', 'slot_id'])
    op.create_check_constraint(op.f('ck_offers_to_one_person'), 'offers', 'num_nonnulls(waiting_id, booking_id) = 1')
    op.create_index(
        'uq_offers_booking_open', 'offers', ['booking_id'], unique=True, postgresql_where=sa.text("status = 'open'")
    )


def downgrade() -> None:
    op.drop_index('uq_offers_booking_open', table_name='offers')
    op.execute('delete from offers where waiting_id is null')
    op.drop_constraint(op.f('ck_offers_to_one_person'), 'offers')
    op.drop_constraint(op.f('uq_offers_booking_id_slot_id'), 'offers')
    op.drop_column('offers', 'booking_id')
    op.alter_column('offers', 'waiting_id', nullable=False)
    op.drop_index('ix_bookings_earlier', table_name='bookings')
    op.drop_column('bookings', 'earlier_since')
