"""Who and where: places, stewards, their duty, staff, permissions, sign-in and inbox."""
