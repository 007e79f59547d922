// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;

namespace VhostDevice.Devices.Boards.Input;

/// <summary><c>key DEVICE KEY[+KEY...] [down|up]</c>: for everything that has keys.</summary>
internal static class KeyVerb
{
    private const int MaxKeys = 16;

    internal static PartVerb Verb { get; } = new(
        "key",
        "device",
        "Press keys of an input device together and release them, or do only one of both (down, up)",
        Run,
        "KEYS",
        "WAY?")
    {
        Example = "kbd0 LEFTCTRL+C",
    };

    private static string? Run(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        InputPart device = (InputPart)part;
        string[] names = words[0].Split('+');
        if (names.Length > MaxKeys)
            return $"so many keys at a time are too many: up to {MaxKeys}";
        List<int> keys = [];
        foreach (string name in names)
        {
            if (!KeyNames.TryFind(name, out int key))
                return $"there is no key '{name}': names are those of Linux without KEY_ or BTN_, such as LEFTCTRL+C";
            if (!device.Port.Description.Has(InputTypes.Key, key))
                return $"{part.Name} has no key '{name}'";
            keys.Add(key);
        }

        string way = words.Count > 1 ? words[1] : "";
        if (way is not ("" or "down" or "up"))
            return $"keys do not go '{way}': down or up";
        if (way != "up")
            Set(device.Port, keys, 1);
        keys.Reverse();
        if (way != "down")
            Set(device.Port, keys, 0);
        return null;
    }

    // One after the other, as fingers do it.
    private static void Set(InputPort port, List<int> keys, int value)
    {
        foreach (int key in keys)
        {
            if (port.IsPressed(key) != (value != 0))
                port.Report([new InputEvent(InputTypes.Key, (ushort)key, value), InputEvent.EndOfReport]);
        }
    }
}
