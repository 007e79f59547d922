// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.VhostUser.Wire;
using VhostDevice.Virtio;
using VhostDevice.Virtio.Memory;

namespace VhostDevice.VhostUser.BackEnd;

/// <summary>What there is to tell about a connection.</summary>
internal sealed partial class Session
{
    /// <summary>A page has room for so many; few front-ends share more.</summary>
    private const int RegionsShown = 16;

    internal IEnumerable<string> DescribeState()
    {
        yield return $"connection {_socket.Fd}: {Use()}, {Status()}";
        yield return $"  features {Names(FeatureNames.Of(AcceptedFeatures, Device.DeviceId))}";
        yield return $"  protocol features {Names(WireNames.Of(_acceptedProtocol))}";
        if (_sharingProblem is not null)
            yield return $"  memory: {_sharingProblem}";
        int regions = Memory.Regions.Length;
        for (int i = 0; i < Math.Min(regions, RegionsShown); i++)
        {
            GuestRegion region = Memory.Regions[i];
            yield return $"  memory 0x{region.GuestAddress:x}, 0x{region.Size:x} bytes";
        }

        if (regions > RegionsShown)
            yield return $"  memory: {regions - RegionsShown} more regions";
        foreach (Vring ring in _rings)
            yield return "  " + ring.DescribeState();
        foreach (string line in Device.DescribeState())
            yield return "  " + line;
    }

    private string Use()
    {
        if (_attached)
            return _parked ? "has the device, waits for requests in flight" : "has the device";
        return _parked ? "waits for the device" : "does not use the device";
    }

    // Front-ends without that protocol feature keep the status to themselves.
    private string Status()
    {
        if (_status == 0 && (_acceptedProtocol & ProtocolFeatures.Status) == 0)
            return "status not told by the front-end";
        return string.Join(' ', [$"status 0x{_status:x}", .. DeviceStatusNames.Of(_status)]);
    }

    private static string Names(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(' ', names);
}
