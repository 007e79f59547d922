// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Hosting.CommandLine;

/// <summary>Pieces of messages.</summary>
internal static class Sentence
{
    /// <summary><c>a, b or c</c>.</summary>
    internal static string OneOf(IReadOnlyList<string> words)
    {
        StringBuilder text = new();
        for (int i = 0; i < words.Count; i++)
        {
            if (i > 0)
                text.Append(i == words.Count - 1 ? " or " : ", ");
            text.Append(words[i]);
        }

        return text.ToString();
    }
}
