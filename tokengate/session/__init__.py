"""One client connection on one route by one principal: its session, the decision pipeline, holds."""
