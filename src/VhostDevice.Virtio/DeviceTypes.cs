// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio;

/// <summary>Virtio device ids by the names that command lines use (virtio 1.3 §5).</summary>
public static class DeviceTypes
{
    private static readonly (string Name, uint Id)[] s_all =
    [
        ("net", 1), ("blk", 2), ("console", 3), ("rng", 4), ("balloon", 5), ("scsi", 8), ("9p", 9), ("gpu", 16), ("rtc", 17),
        ("input", 18), ("vsock", 19), ("crypto", 20), ("iommu", 23), ("mem", 24), ("sound", 25), ("fs", 26), ("pmem", 27),
        ("video-encoder", 30), ("video-decoder", 31), ("scmi", 32), ("i2c", 34), ("can", 36), ("gpio", 41), ("spi", 45), ("media", 48),
    ];

    public static IEnumerable<string> Names => s_all.Select(t => t.Name);

    /// <summary>The name of an id, or its number where there is none.</summary>
    public static string Name(uint id)
    {
        foreach ((string name, uint number) in s_all)
        {
            if (number == id)
                return name;
        }

        return id.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>The id of a name, or of a decimal number.</summary>
    public static bool TryParse(string text, out uint id)
    {
        if (uint.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out id))
            return true;
        foreach ((string name, uint number) in s_all)
        {
            if (name == text)
            {
                id = number;
                return true;
            }
        }

        return false;
    }
}
