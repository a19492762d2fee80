"""The synthetic Dongcheng (演示数据): a district made from a seed, sent through the same doors as a real one."""
