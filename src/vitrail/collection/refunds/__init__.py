"""The rule for refunds, whole: what was sold and taken back is no sale, and is taken off once.

What tells that a row takes back: a minus before its quantity or amount; `refunded_amount` beside a sale; a
status or a date of cancellation (`collection.statuses`); the plan's `credits:` (rows that take back without a
minus: `collection.loading` gives them one, and an amount that of its quantity) and `clean: {cancelled: …}`
(rows that came to nothing). A status is said of a sale: a row with a minus undoes one whatever it says, but
that it failed. For a file that no plan describes yet, `collection.guessing` finds it (`credits`, `flags`,
`kinds`).

What is then done, in this order:

buyers     a refund booked under the seller's name, or none, is its buyer's
undoing    which sale a refund undoes: the newest like it, as brackets close
matching   by `refunds: match`, sales undone are `voided` and what undoes them `cancelled`, within a source
           and across; by `drop` all that takes back is `cancelled` (`cleaning`), by `net` what is taken off
           sales called off
signs      what is left is subtracted at its own date: `net_amount`, in orders, months and the profile

Who has no purchase left is nobody: their refunds go with them (`collection.funnel.take_out_nobodys`). The
page for people is docs/method/cleaning.md.
"""
