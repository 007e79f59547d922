// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Virtio;

/// <summary>What the bits of the device status are called (virtio 1.3 §2.1).</summary>
public static class DeviceStatusNames
{
    /// <summary>The name of each set bit, lowest first; "bit 4" for one without a name.</summary>
    public static IReadOnlyList<string> Of(ulong status)
    {
        List<string> names = [];
        for (int bit = 0; bit < 64; bit++)
        {
            if ((status >> bit & 1) != 0)
                names.Add(NameOf(bit));
        }

        return names;
    }

    private static string NameOf(int bit) => bit switch
    {
        0 => "ACKNOWLEDGE",
        1 => "DRIVER",
        2 => "DRIVER_OK",
        3 => "FEATURES_OK",
        6 => "DEVICE_NEEDS_RESET",
        7 => "FAILED",
        _ => string.Create(CultureInfo.InvariantCulture, $"bit {bit}"),
    };
}
