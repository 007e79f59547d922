// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Input;

namespace VhostDevice.Devices.Boards.Input;

/// <summary><c>click POINTER [BUTTON] [down|up]</c>.</summary>
internal static class ButtonVerb
{
    private static readonly string[] s_names = ["left", "right", "middle", "side", "extra"];

    internal static PartVerb Click { get; } = new(
        "click", "pointer", "Click with a button of a mouse or a pen, or only press or release it (down, up)", Run, "BUTTON?", "WAY?")
    {
        Example = "mouse0 right",
    };

    private static string? Run(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        InputPort port = ((InputPart)part).Port;
        string name = words.Count > 0 ? words[0] : "left";
        int index = Array.IndexOf(s_names, name);
        int button = KeyNames.Left + index;
        if (index < 0 || !port.Description.Has(InputTypes.Key, button))
        {
            string known = string.Join(", ", s_names.Where((_, i) => port.Description.Has(InputTypes.Key, KeyNames.Left + i)));
            return $"{part.Name} has no button '{name}': {known}";
        }

        string way = words.Count > 1 ? words[1] : "";
        if (way is not ("" or "down" or "up"))
            return $"a button does not go '{way}': down or up";
        if (way != "up" && !port.IsPressed(button))
            port.Report([new InputEvent(InputTypes.Key, (ushort)button, 1), InputEvent.EndOfReport]);
        if (way != "down" && port.IsPressed(button))
            port.Report([new InputEvent(InputTypes.Key, (ushort)button, 0), InputEvent.EndOfReport]);
        return null;
    }
}
