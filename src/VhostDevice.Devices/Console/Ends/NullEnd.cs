// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Ends;

/// <summary>Takes everything and has nothing.</summary>
internal sealed class NullEnd : PortEnd
{
    public override string Description => "null";

    public override nuint Write(ReadOnlySpan<IoVec> pieces, nuint bytes) => bytes;
}
