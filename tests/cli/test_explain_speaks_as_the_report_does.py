"""Rules are explained in words, or as the plan writes them, never as the SQL made of them."""

PLAN = """
currency: EUR
sources:
  shop: {file: orders.csv, table: orders,
         columns: {customer_id: who, order_id: number, ordered_at: at, amount: total}}
segmentations:
  stage: {method: lifecycle}
  kind:
    method: rules
    overlapping: true
    segments:
      dear: {when: "order_count >= 2 and total_amount > 50.5"}
      hot: {when: "segment('stage.new') and sqrt(order_count) < 2"}
"""


def test_rules_are_explained_in_words(make_base, vitrail):
    base = make_base(PLAN, {"orders.csv": "who,number,at,total\nc1,1,2025-01-02,10\nc1,2,2025-02-02,40.60\n"})
    base.run()
    said = vitrail("explain", "c1", "-C", base.folder)
    assert "(orders: 2 or more · total spent: more than €50.50)" in said.out
    assert "(segment('stage.new') and sqrt(order_count) < 2)" in said.out
