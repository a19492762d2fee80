"""What stewards do: cases, their evidence and history, and every step that credits them."""
