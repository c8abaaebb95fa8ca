"""A simulated archive site: real files, real bytes on pretended cartridges, an `eeadm` to ask.

What is real: the files, their bytes, stubs without blocks, the processes and their texts.
What is pretended: time. The library works in virtual time (`waystation_sim.library`), which runs
`speed-up` times as fast as the clock, on cartridges where one real byte stands for `scale` bytes.
"""
