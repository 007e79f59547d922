// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi;

/// <summary>What the user wrote of a sensor: <c>iio,path=/sys/bus/iio/devices/iio:device0,channel=in_accel</c>.</summary>
internal sealed class ScmiSpec
{
    private readonly Dictionary<string, string> _properties = [];

    private ScmiSpec(string kind) => Kind = kind;

    internal string Kind { get; }

    /// <summary>The value of a property; null: it is not given.</summary>
    internal string? this[string property] => _properties.GetValueOrDefault(property);

    /// <summary>Reads one.</summary>
    /// <returns>What is wrong; null: nothing.</returns>
    internal static string? TryParse(string text, out ScmiSpec spec)
    {
        string[] parts = text.Split(',');
        spec = new ScmiSpec(parts[0]);
        if (ScmiSensorKind.Find(parts[0]) is not { } kind)
            return $"there is no sensor '{parts[0]}': {string.Join(", ", ScmiSensorKind.All.Select(static k => k.Name))}";
        foreach (string part in parts.Skip(1))
        {
            string[] sides = part.Split('=');
            if (sides.Length != 2)
                return $"'{part}' of {kind.Name} is no property: write NAME=VALUE";
            // The first counts.
            _ = spec._properties.TryAdd(sides[0], sides[1]);
        }

        foreach (ScmiProperty property in kind.Properties)
        {
            if (property.IsNeeded && spec[property.Name] is null)
                return $"{kind.Name} needs {property.Name}=…, for example {kind.Example}";
            if (spec[property.Name] is { Length: 0 })
                return $"{property.Name} of {kind.Name} is empty";
        }

        foreach (string property in spec._properties.Keys)
        {
            if (kind.Properties.All(p => p.Name != property))
                return $"{kind.Name} has no {property}: {string.Join(", ", kind.Properties.Select(static p => p.Name))}";
        }

        return spec["name"] is { } name && (name.Length > 63 || name.Any(static c => c is < ' ' or > '~'))
            ? $"'{name}' is no name of a sensor: up to 63 ASCII characters"
            : null;
    }
}
