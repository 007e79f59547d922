// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.Logging;
using VhostDevice.Linux;
using VhostDevice.VhostUser.BackEnd;

namespace VhostDevice.Hosting.Daemon;

/// <summary>A socket while it is served.</summary>
/// <param name="Loop">The loop that does it, and owns the server.</param>
/// <param name="Log">Says at the start of each line which socket it is about.</param>
internal sealed record ServedSocket(string Name, EventLoop Loop, BackEndServer Server, StderrLogger Log);
