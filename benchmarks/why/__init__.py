"""The evidence behind one decision each: a seeded script whose output stands in a page of docs/why."""
