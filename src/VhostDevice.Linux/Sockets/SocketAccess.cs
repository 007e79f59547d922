// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux;

/// <summary>Who may connect to a Unix socket at a path: that takes permission to write to it (unix(7)).</summary>
/// <param name="Group">The group that the socket is given to; null: the one that a new file has there.</param>
/// <param name="Mode">Its permission bits, 0 to 0777; null: all, less the process's umask.</param>
public sealed record SocketAccess(uint? Group, uint? Mode);
