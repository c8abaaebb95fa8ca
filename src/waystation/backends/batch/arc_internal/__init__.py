"""An A-REX on this machine, by its INTERNAL interface and its control directory."""
