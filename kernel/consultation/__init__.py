"""Documents that are published in versions: drafted, put to everybody (征求意见), answered, in force from a day."""
