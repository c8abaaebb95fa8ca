"""What both ways to an ARC computing element share: descriptions, bundles and states."""
