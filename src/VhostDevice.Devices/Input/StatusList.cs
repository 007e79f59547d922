// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Input;

/// <summary>What a guest has said last of each LED, sound and effect. They are so few that a list is looked through.</summary>
internal static class StatusList
{
    internal static void Set(List<InputEvent> list, in InputEvent value)
    {
        int at = Find(list, value.Type, value.Code);
        if (at < 0)
            list.Add(value);
        else
            list[at] = value;
    }

    /// <summary>Takes out an event that is equal.</summary>
    /// <returns>False: there is none.</returns>
    internal static bool Remove(List<InputEvent> list, in InputEvent value)
    {
        for (int i = 0; i < list.Count; i++)
        {
            InputEvent each = list[i];
            if (each.Type != value.Type || each.Code != value.Code || each.Value != value.Value)
                continue;
            list.RemoveAt(i);
            return true;
        }

        return false;
    }

    private static int Find(List<InputEvent> list, int type, int code)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i].Type == type && list[i].Code == code)
                return i;
        }

        return -1;
    }
}
