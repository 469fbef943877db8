"""Step 4: what customers are likely to do next, how sure that is, and how it did when it was checked.

base               what every prediction gives
lifetime           orders and spend to come of customers who leave without saying so
contracts          time and money to come of customers under contract
propensity         how likely a customer is to buy again, buy a product, leave
"""
