"""The one adapter to SpiffWorkflow: nothing else in this project imports it.

read    XML to a plain graph, nothing executed
check   what of a graph would run, by element
parse   a sound graph to a SpiffWorkflow specification, kept in memory by content hash
specs   our task specifications: human step, outside event, join, choice
run     one process: load, complete, fire, run, dump
store   state to bytes and back, without specifications
rewind  back to an earlier human step
scripts expressions by allow-list
"""
