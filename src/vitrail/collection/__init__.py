"""Step 3: sources mapped to one customer model, read, typed, audited and cleaned.

model              the customer model: the tables a source can feed
files, values      records read exactly, and how each column is read
guessing           what files hold, for a plan that is not written yet
collecting         all of it from end to end; `collected` is what it found out

In the order in which it is done:

loading            a source as a working table: `filling` of blanks, `readings` (`tidiness`), `computed`,
                   `mapping`, `currency`; `refusals` and `totals` are the records left out
newest             the day that `as_of: latest` follows
pairing, joining   orders with their lines
accounts           lines of an account under whoever owns it
judging            what takes each line out (`cleaning`, `statuses`)
refunds            the rule for what is taken back, whole
funnel, tracing    what was taken out, counted; and which records these are, by file and line
registers          the customers' register
codes              what became of codes that are read alike, and customers with several rows in the register

What a person should know of it, as findings: `audit`, over what `repeats` (orders exported twice), `statuses`
(words that no list knows), `amounts` (computed) and `nobody` (words of the plan that no row has) find.
`quoting` says which cells a finding may show, `ties` which of equal lines comes first.
"""
