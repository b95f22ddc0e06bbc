"""What pages share: colours and words, figures, and small components. Shows; never computes."""

from streamlit import net_util
from streamlit.runtime.pages_manager import PagesManager
from streamlit.watcher import polling_path_watcher

from ui.memory import keep_little

# When a page of another site tries to connect, Streamlit asks a web service for this machine's address.
# Nobody wanted that.
net_util.get_internal_ip = net_util.get_external_ip = lambda: None

# Streamlit's older rule for a folder called pages/ holds until st.navigation is called for the first time. By
# that rule a server whose first visitor follows a link to a page would run that file alone, without app.py's
# navigation.
PagesManager.uses_pages_directory = False

# Five times a second Streamlit asks whether its two files of settings have changed: 0.3 % of a core, day and
# night.
polling_path_watcher._POLLING_PERIOD_SECS = 10

keep_little()
