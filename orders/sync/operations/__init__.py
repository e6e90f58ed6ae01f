"""What each direction of a lane does: one unit of work a call."""
