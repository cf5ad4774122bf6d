"""What tests share: log and Qt strictness, folders of their own."""
