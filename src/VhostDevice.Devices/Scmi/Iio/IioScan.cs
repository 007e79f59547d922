// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>
/// Where the elements of a scan are: in the order of their indices, each at a multiple of what one of its values takes, and all of it a
/// multiple of the largest.
/// </summary>
internal sealed class IioScan
{
    private readonly Dictionary<IioElement, int> _places = [];

    internal IioScan(IEnumerable<IioElement> elements)
    {
        int at = 0, largest = 1;
        foreach (IioElement element in elements.Distinct().OrderBy(static e => e.Index))
        {
            at = Align(at, element.Type.Length);
            _places.Add(element, at);
            at += element.Type.Length;
            largest = Math.Max(largest, element.Type.Length);
        }

        Length = Align(at, largest);
    }

    /// <summary>Bytes.</summary>
    internal int Length { get; }

    internal bool Has(IioElement element) => _places.ContainsKey(element);

    internal long ValueOf(IioElement element, ReadOnlySpan<byte> scan) => element.Type.Decode(scan[_places[element]..]);

    private static int Align(int value, int to) => (value + to - 1) / to * to;
}
