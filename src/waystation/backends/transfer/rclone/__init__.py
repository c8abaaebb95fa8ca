"""By rclone: object stores, and all else that it knows."""
