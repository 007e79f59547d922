// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Pictures;

/// <summary><c>picture display0 screen.png</c>: what a display shows, as a file.</summary>
internal static class PictureVerb
{
    // A line of an answer is short, as those of other verbs.
    private const int LineBytes = 3 << 10;

    internal static PartVerb Make(Func<BoardPart, byte[]> png) =>
        new("picture", "display", "Save what a display shows as a PNG file, or print the file", (part, _, answer) => Send(png(part), answer), "FILE?")
        {
            Example = "display0 screen.png",
            AnswersFile = true,
        };

    private static string? Send(byte[] file, Action<string> answer)
    {
        for (int at = 0; at < file.Length; at += LineBytes)
            answer(Convert.ToBase64String(file.AsSpan(at, Math.Min(LineBytes, file.Length - at))));
        return null;
    }
}
