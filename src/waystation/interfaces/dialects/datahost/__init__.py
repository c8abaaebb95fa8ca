"""The Data Host of 2009 (BNL, for Panda pilots): files in and out by forms, for whom it knew."""
