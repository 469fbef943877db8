"""Step 4, insight: what the segments are like, and the figures that tell who the customers are.

base, story        the whole base in figures, and in five sentences
description        each segment in figures; `rankings` of its countries and products
comparison         segments side by side, with intervals
grid, curve        who stands where in recency and frequency; how concentrated revenue is
months             revenue by month and segment
explanation        why a customer is where it is: `history` since when, `changes` what would move it
cohorts, survival  customers followed over time
drivers            the variables that matter for a KPI
pictures           `ages`, `regions` (`departments`), `portfolio` (`buying`), `journeys` (`steps`) and
                   `seasonality` (`seasons`), each of the `groups` that are asked for; `absences` says why one
                   is not there
lookup             what a finished run is asked
"""
