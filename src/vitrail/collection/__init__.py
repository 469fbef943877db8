"""Step 3: sources mapped to one customer model, read, typed, audited and cleaned.

model              the customer model: the tables a source can feed
files, values      records read exactly, and how each column is read
guessing           what files hold, for a plan that is not written yet
collecting         all of it from end to end; `collected` is what it found out

In the order in which it is done:

loading            a source as a working table (readings, mapping, currency, refusals)
pairing, joining   orders with their lines
judging            what takes each line out (cleaning, statuses)
refunds            the rule for what is taken back, whole
funnel             what was taken out, counted
registers          the customers' register
repeats, statuses  what may count wrongly: rows sent twice, statuses that no list knows
audit              what of all this a person should know, as findings
"""
