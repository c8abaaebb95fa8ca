"""What engines have in common that move files themselves, in threads and children of ours."""
