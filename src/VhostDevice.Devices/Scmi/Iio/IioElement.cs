// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>An element of the scans of an IIO buffer (<c>scan_elements/NAME_…</c>).</summary>
internal sealed class IioElement : IDisposable
{
    private const string Folder = "scan_elements";

    private readonly AttributeFile _enable;

    private IioElement(AttributeFile enable, int index, IioScanType type)
    {
        _enable = enable;
        Index = index;
        Type = type;
    }

    /// <summary>Scans have their elements in this order.</summary>
    internal int Index { get; }

    internal IioScanType Type { get; }

    /// <returns>Null: there is none, or none that can be understood and used.</returns>
    internal static IioElement? Open(string folder, string name)
    {
        string start = Path.Combine(folder, Folder, name);
        if (!int.TryParse(AttributeFile.TextOf(start + "_index"), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            || AttributeFile.TextOf(start + "_type") is not { } text
            || !IioScanType.TryParse(text, out IioScanType type)
            || AttributeFile.Open(start + "_en", write: true, out AttributeFile? enable).IsError)
            return null;
        return new IioElement(enable!, index, type);
    }

    /// <summary>Has scans contain it or not, while the buffer is off. May wait.</summary>
    internal Errno Enable(bool on) => _enable.Write(on ? "1" : "0");

    internal Errno IsEnabled(out bool on)
    {
        Errno errno = _enable.Read(out long value);
        on = value != 0;
        return errno;
    }

    public void Dispose() => _enable.Dispose();
}
